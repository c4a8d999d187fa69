"""The commands of `valuescape`: one file per command or family of commands, imported when the command is called."""

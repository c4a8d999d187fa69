"""What each command of `valuescape` does, one file a family of commands; imported when the command is called."""

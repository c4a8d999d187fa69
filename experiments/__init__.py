"""Floor 2: runs, designs, failures, reproductions, gallery, reports, the live session, and the commands."""

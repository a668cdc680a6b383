"""What corpus operators share: sketch columns, the tasks that group documents, and the stages in order."""

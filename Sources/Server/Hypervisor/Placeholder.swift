// Made whole by what follows.

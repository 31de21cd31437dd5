"""What staff type, one desk a file. Forms read it; the use cases decide what is possible."""

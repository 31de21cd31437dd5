"""What a set is made of: themes, sets, bags, pieces, colours."""

"""Who is who, asked and told from the shell: why two are one customer, all about one, linked and unlinked by hand."""

"""Published files: one asset a product; documents of JSON, the record of what was published, the static site."""

"""Published files: one table per product, whose rows list its JSON documents."""

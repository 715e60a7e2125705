"""What each engine of the embedded AWS does, and what not: the rows of docs/embedded.md, and what proves them."""

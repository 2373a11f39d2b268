"""Episodes: what has a number and a life of its own. One module a kind, each with the table of its machine; `registry` joins them."""

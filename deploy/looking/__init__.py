"""Looking at what came out: one customer's history, and the paths that customers take, in the terminal and as a page.

Everything is asked of the views that analysts read; drawing is pure.
"""

"""One scenario a module; `deploy.chaos.registry` lists them."""

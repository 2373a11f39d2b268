"""The same job as a competent user would write it in other systems; each file is a program that runs in an environment of its own."""

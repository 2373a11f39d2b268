"""The log of raw in Parquet files with a manifest: written, verified, sent back."""

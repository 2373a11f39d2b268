"""Whether all that was sent is accounted for, proved from raw itself: `tracker reconcile`."""

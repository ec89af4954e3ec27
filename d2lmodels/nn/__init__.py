"""Layers and losses from scratch, in torch: what the models share."""

"""Making models smaller: distillation."""

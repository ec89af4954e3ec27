"""What a model costs before it is built: parameters, multiply-adds, memory, time, from its sizes alone."""

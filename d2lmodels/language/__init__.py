"""Words as numbers: tokens, word vectors and, later, language models."""

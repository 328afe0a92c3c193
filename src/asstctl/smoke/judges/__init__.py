"""Those who are asked what they think of a reply: a model, embeddings, a program."""

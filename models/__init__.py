"""The nouns: frozen messages and pure rules. Nothing here touches the world."""

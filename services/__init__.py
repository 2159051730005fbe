"""The way in: what people ask for, one function a wish."""

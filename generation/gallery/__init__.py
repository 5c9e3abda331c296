"""What members do all day: look through results, and find them again."""

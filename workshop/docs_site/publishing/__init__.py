"""What a published site needs besides its pages: link cards, robots.txt and llms.txt."""

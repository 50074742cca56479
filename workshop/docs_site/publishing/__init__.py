"""What a published site has besides its pages: cards for links, robots.txt and llms.txt."""

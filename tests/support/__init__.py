"""What several rooms' tests share: a server with every known quirk, projects, a clock."""

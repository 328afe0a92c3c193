"""How the smoke cases went: for people, as JSON, JUnit and HTML, while they run."""

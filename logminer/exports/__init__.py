"""One file per tool that suggestions and priors are written for."""

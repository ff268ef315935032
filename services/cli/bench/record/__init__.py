"""The record of the benchmarks: a page and a picture in `docs`, made from one run."""

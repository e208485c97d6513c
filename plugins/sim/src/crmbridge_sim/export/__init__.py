"""The world as the files that a company would export, for whoever reads files and no API."""

from crmbridge_sim.export.csv_files import write_csv

__all__ = ["write_csv"]

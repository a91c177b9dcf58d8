"""One self-contained page over the analyses and plots.

Each file here is one section of the page: it asks an analysis, draws its result and says in plain
sentences what it means. The file name is the section's name; ``PLACE`` orders them.
"""

from logminer.core.registry import Registry
from logminer.reports._context import Decision, Ingested, ReportContext
from logminer.reports._gather import gather
from logminer.reports._page import form_of, write_report

SECTIONS = Registry("logminer.reports", "section")

__all__ = ["SECTIONS", "Decision", "Ingested", "ReportContext", "form_of", "gather", "write_report"]

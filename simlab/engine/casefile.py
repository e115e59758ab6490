"""The one door to case files and packs: models, loaders and the hash that identifies a version."""

from simlab.engine.case import Advice, Case, Term, load_case
from simlab.engine.pack import Pack, load_pack
from simlab.engine.parsing import content_hash, document

__all__ = ["Advice", "Case", "Pack", "Term", "content_hash", "document", "load_case", "load_pack"]

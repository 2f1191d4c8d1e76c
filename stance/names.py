"""Names in one article: which are equal, which can stand for which, and who is who. Strings only.

The door to six rooms: :mod:`stance.titles` (what stands around a name), :mod:`stance.words` (capitals), :mod:`stance.trimming` (what
is no part of a name), :mod:`stance.candidates` (where names are), :mod:`stance.matching` (two names) and :mod:`stance.clusters` (all names of an article).
"""

from stance.candidates import proper_names
from stance.clusters import Cluster, cluster
from stance.matching import could_name, same_name
from stance.titles import strip_title

__all__ = ["Cluster", "cluster", "could_name", "proper_names", "same_name", "strip_title"]

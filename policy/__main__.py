"""What the engine runs for `pulumi up --policy-pack FOLDER`: serves the pack until the engine ends it."""

import importlib
import sys
from pathlib import Path

# The engine runs this folder as a script, wherever it lies and whatever it is called; the pack's modules
# import each other relatively, so the folder is imported as the package that it is.
folder = Path(__file__).resolve().parent
sys.path.insert(0, str(folder.parent))
importlib.import_module(f"{folder.name}.pack").serve()

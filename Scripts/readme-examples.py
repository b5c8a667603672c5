"""readme-examples.py README FOLDER: builds and runs the Swift examples of README in FOLDER.

An example whose first line is "// Sources/NAME/main.swift" must be that file of this package.
"""

import os
import re
import subprocess
import sys

PACKAGE = """// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "ReadmeExamples",
  dependencies: [.package(name: "IterableQueue", path: "{checkout}")],
  targets: [
{targets}
  ])
"""
TARGET = """    .executableTarget(
      name: "{name}",
      dependencies: [.product(name: "IterableQueues", package: "IterableQueue")],
      swiftSettings: [.treatAllWarnings(as: .error)]),"""


def write(path, text):
    """Keeps a file that is right already, so that nothing is built twice."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def check_files(examples):
    """Compares the examples that are files of this package, and runs the programs among them that need
    no other to start them. Returns the other examples."""
    others, programs = [], []
    for example in examples:
        first, _, rest = example.partition("\n")
        match = re.fullmatch(r"// (Sources/([^/]+)/main\.swift)", first)
        if not match:
            others.append(example)
            continue
        with open(match[1], encoding="utf-8") as file:
            if file.read() != rest:
                sys.exit(f"the README shows another {match[1]} than there is")
        subprocess.run(["swift", "build", "--product", match[2]], check=True)
        if "inherited:" not in rest:
            programs.append((match[2], rest))
    for name, example in programs:
        run(["swift", "run", "--skip-build", name], name, example)
    return others


def run(command, name, example):
    """Runs a program, which must end with status 0 and print what its comments say."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60)
    lines = done.stdout.splitlines()
    print(f"{name}: status {done.returncode}, {len(lines)} lines")
    if done.returncode != 0 or not lines:
        sys.exit(f"{name} of the README failed:\n{example}")
    for expected in re.findall(r"^print\(.*\)\s+// (.*)$", example, re.MULTILINE):
        if expected not in lines:
            sys.exit(f"{name} of the README did not print {expected}, but:\n{done.stdout}")


def main():
    readme, folder = sys.argv[1:]
    with open(readme, encoding="utf-8") as file:
        examples = re.findall(r"^```swift\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    if not examples:
        sys.exit(f"{readme} has no Swift examples")
    examples = check_files(examples)
    names = [f"example{number}" for number in range(1, len(examples) + 1)]
    for name, example in zip(names, examples):
        write(f"{folder}/Sources/{name}/main.swift", example)
    targets = "\n".join(TARGET.format(name=name) for name in names)
    write(f"{folder}/Package.swift", PACKAGE.format(checkout=os.getcwd(), targets=targets))
    for name in names:
        subprocess.run(["swift", "build", "--package-path", folder, "--product", name], check=True)

    build = ["swift", "build", "--package-path", folder, "--show-bin-path"]
    programs = subprocess.run(build, check=True, capture_output=True, text=True).stdout.strip()
    for name, example in zip(names, examples):
        run([f"{programs}/{name}"], name, example)


if __name__ == "__main__":
    main()

// The entry point of the replay programs: hands every file of a corpus to the fuzz target it is linked with, so that
// the ordinary builds, with their compiler and their sanitizers, keep passing what the fuzzer once found.
//   replay_NAME DIRECTORY
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// The number of files that were replayed.
std::size_t replay(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) inputs.push_back(entry.path());
  std::ranges::sort(inputs);
  for (const auto& input : inputs) {
    std::ifstream file(input, std::ios::binary);
    if (!file) throw std::filesystem::filesystem_error("cannot be read", input, {});
    // Copied to its exact size, so that the address sanitizer sees a read past the end.
    const std::vector<char> read(std::istreambuf_iterator<char>(file), {});
    const std::vector<std::uint8_t> bytes(read.begin(), read.end());
    std::cout << input.filename().string() << ", " << bytes.size() << " bytes" << std::endl;
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  return inputs.size();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: " << arguments[0] << " DIRECTORY\n";
    return 2;
  }
  try {
    if (replay(arguments[1]) > 0) return 0;
    std::cerr << "error: no input in " << arguments[1] << "\n";
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
  }
  return 1;
}

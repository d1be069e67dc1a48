// Listens to the readers of a thread: which keys were asked for, and what the absent ones default to.
//
//   ReadRecorder recorder;
//   Result<Machine> machine = ReadMachine(node);
//   for (const ReadKey& key : recorder.keys()) ...   // "hardware.clusters", present or its default
//
// So a resolved scenario can write its defaults out, and the schema can be tested against what is read.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"

namespace npusched {

struct ReadKey {
  std::string path;      // dotted, as messages name it
  bool present = false;  // else `value` is the default
  ConfigNode value;      // null: a required key, or one without a default that a text can show
};

// One at a time a thread; not shared among threads.
class ReadRecorder {
 public:
  ReadRecorder();
  ~ReadRecorder();
  ReadRecorder(const ReadRecorder&) = delete;
  ReadRecorder& operator=(const ReadRecorder&) = delete;

  // In order of reading, each once.
  [[nodiscard]] const std::vector<ReadKey>& keys() const { return keys_; }

  // The recorder of this thread, or null: then reading costs nothing more.
  static ReadRecorder* Current();
  void Add(ReadKey key);

 private:
  std::vector<ReadKey> keys_;
};

}  // namespace npusched

// GGUF files say how Llama 3 stretches its positions by a table: what each pair's frequency is divided by. Here the table
// and the settings that make it, both ways. Private to the room. Thread: pure functions.
// Source: llama.cpp, convert_hf_to_gguf.py (rope_freqs.weight); transformers, modeling_rope_utils.py ("llama3").
#pragma once

#include <QtGlobal>

#include <optional>
#include <span>
#include <vector>

namespace athanor::interop {

inline constexpr char kRopeFactors[] = "rope_freqs.weight";

struct RopeStretch {
    double factor = 8;
    double lowFrequency = 1, highFrequency = 4;
    double originalContext = 8192;
};

/// (D/2): one for each pair of a head of `headSize` numbers.
std::vector<float> ropeFactors(const RopeStretch &stretch, double base, qint64 headSize);
/// The settings behind a table; nothing where none of those that models use gives it.
std::optional<RopeStretch> stretchBehind(std::span<const float> factors, double base, qint64 headSize);

}  // namespace athanor::interop

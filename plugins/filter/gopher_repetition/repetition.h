// How much of a text repeats itself. Role: the numbers of Gopher's table A1; words are hashed once, and the hash of any
// n words follows from running sums, so that a pass costs one table look-up a word. Limits: hashes of 64 bits stand
// for the words. Thread: pure functions.
#pragma once

#include <QByteArray>

#include <array>

namespace athanor::corpus {

struct Repetition {
    double duplicateLines = 0;           // of the lines
    double duplicateParagraphs = 0;
    double duplicateLineText = 0;        // of the bytes
    double duplicateParagraphText = 0;
    std::array<double, 3> top{};         // bytes in the most frequent 2-, 3-, 4-gram, of the bytes in words
    std::array<double, 6> repeated{};    // bytes in 5- … 10-grams that stood before, of the bytes in words
};

Repetition measureRepetition(QByteArrayView text);

}  // namespace athanor::corpus

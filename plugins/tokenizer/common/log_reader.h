// SentencePiece tells how far it is only in its log. Role: lines of that log to progress. Thread: one.
#pragma once

#include "core/base/progress.h"

#include <streambuf>
#include <string>

namespace athanor::sentencepiece_training {

/// Which progress a line of the log stands for; keeps what earlier lines said.
class LogReader {
public:
    LogReader(ProgressSink &sink, qint64 vocabulary) : m_sink(&sink), m_vocabulary(vocabulary) {}
    void line(const std::string &text);

private:
    void learned(qint64 size);
    void pruned(qint64 size);
    ProgressSink *m_sink;
    qint64 m_vocabulary;
    qint64 m_seed = 0;  // pieces with which the unigram method began
    qint64 m_best = 0;  // progress never goes back
};

/// Takes the place of std::cerr's buffer while it lives: each line goes to a LogReader and to where it went before.
class LogCapture final : public std::streambuf {
public:
    explicit LogCapture(LogReader &reader);
    ~LogCapture() override;
    LogCapture(const LogCapture &) = delete;

protected:
    int overflow(int character) override;
    std::streamsize xsputn(const char *text, std::streamsize count) override;

private:
    void endLine();
    LogReader *m_reader;
    std::streambuf *m_before;
    std::string m_line;
};

}  // namespace athanor::sentencepiece_training

#include "plugins/tokenizer/common/log_reader.h"

#include <QCoreApplication>

#include <cmath>
#include <cstdlib>
#include <iostream>

namespace athanor::sentencepiece_training {

namespace {

constexpr size_t kLongestLine = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// The number after `key` in `line`, or -1.
qint64 numberAfter(const std::string &line, const char *key)
{
    const size_t at = line.find(key);
    if (at == std::string::npos)
        return -1;
    return std::strtoll(line.c_str() + at + std::char_traits<char>::length(key), nullptr, 10);
}

bool has(const std::string &line, const char *text)
{
    return line.find(text) != std::string::npos;
}

}  // namespace

// Byte-pair encoding: "Added: freq=12 size=340 all=9000 …", every twenty pieces.
void LogReader::learned(qint64 size)
{
    m_best = std::max(m_best, std::min(size, m_vocabulary));
    m_sink->report({tr("Learning pieces"), m_best, m_vocabulary, QStringLiteral("pieces")});
}

// Unigram: begins with very many pieces and drops a quarter at a time; "EM sub_iter=0 size=123456 …".
void LogReader::pruned(qint64 size)
{
    m_seed = std::max(m_seed, size);
    const double whole = std::log(static_cast<double>(m_seed) / static_cast<double>(std::max<qint64>(1, m_vocabulary)));
    const double left = std::log(static_cast<double>(std::max<qint64>(1, size)) / static_cast<double>(std::max<qint64>(1, m_vocabulary)));
    const double share = whole > 0 ? 1 - left / whole : 1;
    m_best = std::max(m_best, static_cast<qint64>(std::clamp(share, 0.0, 1.0) * 100));
    m_sink->report({tr("Choosing pieces"), m_best, 100, QStringLiteral("%")});
}

void LogReader::line(const std::string &text)
{
    if (has(text, "Added: freq="))
        learned(numberAfter(text, " size="));
    else if (has(text, "EM sub_iter="))
        pruned(numberAfter(text, " size="));
    else if (has(text, "Normalizing sentences"))
        m_sink->report({tr("Reading the text"), 0, 0, {}});
    else if (has(text, "Tokenizing input sentences"))
        m_sink->report({tr("Counting words"), 0, 0, {}});
    else if (has(text, "Making suffix array") || has(text, "Extracting frequent sub strings"))
        m_sink->report({tr("Collecting pieces"), 0, 0, {}});
}

LogCapture::LogCapture(LogReader &reader) : m_reader(&reader), m_before(std::cerr.rdbuf(this)) {}

LogCapture::~LogCapture()
{
    std::cerr.rdbuf(m_before);
}

void LogCapture::endLine()
{
    m_reader->line(m_line);
    m_line += '\n';
    m_before->sputn(m_line.data(), static_cast<std::streamsize>(m_line.size()));
    m_line.clear();
}

int LogCapture::overflow(int character)
{
    if (character == '\n')
        endLine();
    else if (character != traits_type::eof() && m_line.size() < kLongestLine)
        m_line += static_cast<char>(character);
    return character == traits_type::eof() ? 0 : character;
}

std::streamsize LogCapture::xsputn(const char *text, std::streamsize count)
{
    for (std::streamsize i = 0; i < count; ++i)
        overflow(static_cast<unsigned char>(text[i]));
    return count;
}

}  // namespace athanor::sentencepiece_training

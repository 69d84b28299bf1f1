// A reader: bytes of one format to text. Plugins of kind "reader". Their plugin.json says besides the parameters:
//   "extensions": ["html", …]   "magic": ["hex", …] first bytes   "isolated": true when parsed in a helper process
//   "version": N, raised when the extracted text changes   "sniff_text": true for the one that takes unnamed text
// Thread: read() from many threads at once.
#pragma once

#include "core/corpus/byte_stream.h"
#include "core/corpus/problem.h"

#include <QJsonObject>
#include <QMap>
#include <QtPlugin>

namespace athanor::corpus {

/// One text out of a file. A file of many documents gives each its place ("line 12") and its own bytes.
struct ReadDocument {
    QByteArray text;                  // valid UTF-8, at most kLargestText bytes
    QString place;                    // empty when the file is the document
    QByteArray raw;                   // the document's own bytes, when place is not empty
    QMap<QString, double> facts;      // "link_share" …: signals that only the format knows
};

inline constexpr qint64 kLargestText = qint64(64) << 20;

class ReadSink {
public:
    virtual ~ReadSink() = default;
    virtual Status document(ReadDocument &&document) = 0;
    /// A part that could not be read; the rest goes on.
    virtual void problemAt(const QString &place, const Error &error) = 0;
};

/// What a file is read as. Readers that take records say "record_extensions": ["jsonl", …] in their plugin.json.
enum class ReadAs {
    Texts,
    Records,  // each document's text is one JSON object, whole
};

struct ReadRequest {
    QString file;                     // local file
    ByteStream *stream = nullptr;     // its contents, decompressed; readers in a helper process use `file` alone
    QJsonObject settings;             // completed by the defaults
    ReadAs as = ReadAs::Texts;
};

class Reader {
public:
    virtual ~Reader() = default;
    virtual Status read(const ReadRequest &request, ReadSink &sink) const = 0;
};

}  // namespace athanor::corpus

Q_DECLARE_INTERFACE(athanor::corpus::Reader, "athanor.Reader/1")

// A corpus on disk: a folder with documents in zstd frames of JSON Lines, addressable one by one.
//   corpus.json            {"format":1,"name","documents":N,"bytes":N(utf-8 of all texts),"splits":{"train":{documents,bytes,"sources":{id:{documents,bytes}}},"validation":{…}},"sha256"}
//   <split>-00000.jsonl.zst  each document in exactly one line {"id","text","source","licence","path","sha256"}; about 1 MiB of lines a frame
//   <split>.index          binary: per document frame offset, frame length, offset and length of its line inside the frame
// Documents of a split stand in id order. Written once, by the curate job, then never changed.
// Thread: a reader for one thread; many readers at once.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

#include <memory>

namespace athanor::corpus {

inline constexpr int kCorpusFormat = 1;

struct CorpusDocument {
    QString id;       // SHA-256 of source id and raw bytes
    QByteArray text;  // extracted and repaired text, valid UTF-8
    QString source;   // source id
    QString licence;
    QString path;     // as the person knows it: "library/json.html"
};

class ATHANOR_EXPORT CorpusWriter {
public:
    static Result<CorpusWriter> create(const QString &folder, const QString &name);
    CorpusWriter(CorpusWriter &&) noexcept;
    ~CorpusWriter();
    /// Documents of one split must come in id order; splits may alternate.
    Status add(const QString &split, const CorpusDocument &document);
    /// More that corpus.json says ("content", "kind", "labels" of records).
    void setFacts(const QJsonObject &facts);
    /// Writes indexes and corpus.json; returns its contents. Nothing reads as a corpus before this.
    Result<QJsonObject> finish();

private:
    struct Impl;
    explicit CorpusWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

class ATHANOR_EXPORT CorpusReader {
public:
    /// Errors: NotFound, Corrupt (which file, which offset), NewerVersion.
    static Result<CorpusReader> open(const QString &folder);
    CorpusReader(CorpusReader &&) noexcept;
    ~CorpusReader();
    const QJsonObject &facts() const;                        // corpus.json
    qint64 documentCount(const QString &split) const;        // "train", "validation"
    qint64 byteCount(const QString &split) const;            // UTF-8 bytes of the texts
    Result<CorpusDocument> document(const QString &split, qint64 index) const;

private:
    struct Impl;
    explicit CorpusReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::corpus

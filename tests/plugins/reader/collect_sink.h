// What a reader gave, for tests. Thread: one.
#pragma once

#include "core/base/atomic_file.h"
#include "core/corpus/reader.h"

namespace athanor::test {

struct CollectSink final : corpus::ReadSink {
    Status document(corpus::ReadDocument &&document) override
    {
        documents.push_back(std::move(document));
        return {};
    }
    void problemAt(const QString &place, const Error &error) override { problems.push_back({place, error}); }

    std::vector<corpus::ReadDocument> documents;
    std::vector<std::pair<QString, Error>> problems;
};

/// Writes `bytes` to `path` and lets `reader` read it as the curate job would.
inline Status readBytes(const corpus::Reader &reader, const QString &path, const QByteArray &bytes, const QJsonObject &settings,
                        CollectSink &sink, corpus::ReadAs as = corpus::ReadAs::Texts)
{
    ATHANOR_TRY(writeFileAtomically(path, bytes));
    ATHANOR_ASSIGN(const std::unique_ptr<corpus::ByteStream> stream, corpus::ByteStream::open(path));
    return reader.read(corpus::ReadRequest{path, stream.get(), settings, as}, sink);
}

}  // namespace athanor::test

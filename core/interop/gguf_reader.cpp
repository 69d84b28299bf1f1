// GGUF through a memory map, alone and behind WeightSource. Thread: const after open().
#include "core/interop/gguf.h"

#include "core/interop/gguf_parser.h"
#include "core/interop/mapped_file.h"

#include <QCoreApplication>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

class GgufWeights final : public WeightSource {
public:
    explicit GgufWeights(GgufReader reader) : WeightSource(WeightFormat::Gguf), m_reader(std::move(reader)) {}

    Status takeAll(const QString &path)
    {
        addFile(path);
        for (const GgufTensor &tensor : m_reader.tensors())
            ATHANOR_TRY(add({tensor.name, tensor.type->element, QLatin1String(tensor.type->name), tensor.shape,
                             tensor.byteCount}));
        return {};
    }
    Result<QByteArrayView> bytes(const WeightEntry &entry) const override
    {
        if (!entry.element)
            return fail(ErrorCode::Unsupported, tr("“%1” is stored in blocks of %2; its numbers must be read as f32.")
                                                    .arg(entry.name, entry.typeName));
        return m_reader.bytes(m_reader.tensors()[entry.index]);
    }

protected:
    Status readRange(const WeightEntry &entry, qint64 first, qint64 count, float *out) const override
    {
        const GgufTensor &tensor = m_reader.tensors()[entry.index];
        ggufToF32(*tensor.type, m_reader.bytes(tensor).data(), first, count, out);
        return {};
    }

private:
    GgufReader m_reader;
};

}  // namespace

struct GgufReader::Impl {
    MappedFile file;
    QByteArrayView bytes;
    GgufParser header{QByteArrayView()};

    Status parse(QByteArrayView all)
    {
        bytes = all;
        header = GgufParser(all);
        return header.parse();
    }
};

GgufReader::GgufReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
GgufReader::GgufReader(GgufReader &&) noexcept = default;
GgufReader::~GgufReader() = default;

Result<GgufReader> GgufReader::open(const QString &path)
{
    auto impl = std::make_unique<Impl>();
    ATHANOR_ASSIGN(impl->file, MappedFile::open(path));
    if (auto status = impl->parse(impl->file.bytes()); !status) {
        status.error().message = tr("“%1” cannot be used. %2").arg(path, status.error().message);
        return fail(status.error());
    }
    return GgufReader(std::move(impl));
}

Result<GgufReader> GgufReader::parse(QByteArrayView file)
{
    auto impl = std::make_unique<Impl>();
    ATHANOR_TRY(impl->parse(file));
    return GgufReader(std::move(impl));
}

int GgufReader::version() const { return m_impl->header.version; }
const QStringList &GgufReader::keys() const { return m_impl->header.keys; }

const GgufValue *GgufReader::value(const QString &key) const
{
    const auto found = m_impl->header.values.constFind(key);
    return found == m_impl->header.values.constEnd() ? nullptr : &*found;
}

QString GgufReader::text(const QString &key, const QString &otherwise) const
{
    const GgufValue *found = value(key);
    return found ? found->text().value_or(otherwise) : otherwise;
}

qint64 GgufReader::integer(const QString &key, qint64 otherwise) const
{
    const GgufValue *found = value(key);
    return found ? found->integer().value_or(otherwise) : otherwise;
}

double GgufReader::number(const QString &key, double otherwise) const
{
    const GgufValue *found = value(key);
    return found ? found->number().value_or(otherwise) : otherwise;
}

const std::vector<GgufTensor> &GgufReader::tensors() const { return m_impl->header.tensors; }

const GgufTensor *GgufReader::find(const QString &name) const
{
    const auto found = m_impl->header.byName.constFind(name);
    return found == m_impl->header.byName.constEnd() ? nullptr : &m_impl->header.tensors[*found];
}

QByteArrayView GgufReader::bytes(const GgufTensor &tensor) const
{
    if (tensor.byteCount == 0)
        return {};
    return m_impl->bytes.sliced(m_impl->header.dataStart + tensor.begin, tensor.byteCount);
}

Result<std::unique_ptr<WeightSource>> openGguf(const QString &path)
{
    ATHANOR_ASSIGN(GgufReader reader, GgufReader::open(path));
    auto weights = std::make_unique<GgufWeights>(std::move(reader));
    ATHANOR_TRY(weights->takeAll(path));
    return std::unique_ptr<WeightSource>(std::move(weights));
}

}  // namespace athanor::interop

#include "core/job/line_file.h"

#include <QFile>

namespace athanor::job {

void readWholeLines(const QString &path, qint64 &offset, const std::function<void(QByteArrayView)> &take)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() <= offset || !file.seek(offset))
        return;
    QByteArray buffer;
    bool tooLong = false;
    for (;;) {
        const QByteArray block = file.read(1 << 20);
        if (block.isEmpty())
            return;
        buffer += block;
        qsizetype start = 0;
        for (qsizetype end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n', start)) {
            if (end > start && !tooLong)
                take(QByteArrayView(buffer).sliced(start, end - start));
            tooLong = false;
            start = end + 1;
        }
        offset += start;
        buffer.remove(0, start);
        if (buffer.size() > kLineLimit) {
            tooLong = true;
            offset += buffer.size();
            buffer.clear();
        }
    }
}

}  // namespace athanor::job

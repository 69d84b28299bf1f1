#include "app/worker/text_side.h"

#include "app/worker/fetch_module.h"
#include "app/worker/selftest.h"

#include "core/corpus/curate_handler.h"
#include "core/corpus/reader_process.h"
#include "core/interop/import_handler.h"
#include "core/tokenizer/tokenizer_handler.h"
#include "core/tokenizer/trainer_process.h"

namespace athanor::worker {

void addTextSide(job::HandlerTable &handlers)
{
    handlers.add(makeSelftestHandler());
    for (const char *kind : {"lookup", "download", "fetch"})
        handlers.add(makeFetchHandler(QLatin1String(kind)));
    handlers.add(corpus::makeCurateHandler());
    handlers.add(tokenizer::makeTokenizerHandler());
    handlers.add(interop::makeImportHandler());
}

std::optional<int> runHelperProcess(int argc, char **argv)
{
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "--read-document")
        return corpus::runReaderProcess(argc, argv);
    if (first == "--train-tokenizer")
        return tokenizer::runTrainerProcess(argc, argv);
    return std::nullopt;
}

}  // namespace athanor::worker

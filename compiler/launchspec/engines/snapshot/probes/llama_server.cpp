// Prints the options that llama.cpp's own parser has for llama-server, as JSON: one object per common_arg.
// Compiled against common/ of the version in question; see llama_server.py for the flags and what is left unlinked.
#include "arg.h"
#include "common.h"

#include <cstdio>
#include <string>

common_params_context common_params_parser_init(common_params & params, llama_example ex, void (*usage)(int, char **));

// What making the parser asks of libllama and ggml. A build without RPC would hide --rpc, one without offload would warn.
extern "C" bool llama_supports_rpc(void) { return true; }
extern "C" bool llama_supports_gpu_offload(void) { return true; }
extern "C" size_t llama_max_devices(void) { return 16; }
extern "C" void ggml_backend_load_all(void) {}
extern "C" size_t ggml_backend_dev_count(void) { return 0; }
extern "C" size_t llama_max_tensor_buft_overrides(void) { return 4096; }

// Bound by its symbol, since the type of its argument exists in newer versions only.
extern "C" const char * flash_attention(int type) __asm__("llama_flash_attn_type_name");
const char * flash_attention(int type) { return type < 0 ? "auto" : type ? "enabled" : "disabled"; }

static std::string quoted(const char * text) {
    if (!text) {
        return "null";
    }
    std::string out = "\"";
    for (const char * at = text; *at; ++at) {
        const unsigned char byte = *at;
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += *at;
        } else if (byte < 0x20) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            out += escape;
        } else {
            out += *at;
        }
    }
    return out + '"';
}

template <typename Names> static std::string listed(const Names & names) {
    std::string out = "[";
    for (const char * name : names) {
        out += (out.size() > 1 ? "," : "") + quoted(name);
    }
    return out + "]";
}

// What only newer versions of common_arg have is asked for by overloads that older ones do not satisfy.
template <typename Arg> auto negative(const Arg & arg, int) -> decltype(listed(arg.args_neg)) { return listed(arg.args_neg); }
template <typename Arg> std::string negative(const Arg &, long) { return "[]"; }
template <typename Arg> auto takes_bool(const Arg & arg, int) -> decltype(arg.handler_bool != nullptr) { return arg.handler_bool != nullptr; }
template <typename Arg> bool takes_bool(const Arg &, long) { return false; }

int main() {
    static common_params params;
    const auto parser = common_params_parser_init(params, LLAMA_EXAMPLE_SERVER, nullptr);
    printf("\n@launchspec-snapshot@{\"options\":[");
    const char * comma = "";
    for (const auto & arg : parser.options) {
        const char * takes = takes_bool(arg, 0) ? "bool"
                           : arg.handler_void    ? "nothing"
                           : arg.handler_int     ? "int"
                           : arg.handler_str_str ? "two"
                                                 : "str";
        printf("%s{\"spellings\":%s,\"negative\":%s,\"takes\":\"%s\",\"metavar\":%s,\"env\":%s,\"help\":%s}", comma,
               listed(arg.args).c_str(), negative(arg, 0).c_str(), takes, quoted(arg.value_hint).c_str(),
               quoted(arg.env).c_str(), quoted(arg.help.c_str()).c_str());
        comma = ",";
    }
    printf("]}\n");
    fflush(stdout);
    _Exit(0);
}

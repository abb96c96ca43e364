# A relay in a container: docker build -t fenghuo . && docker run -p 8000:8000 -v fenghuo:/data fenghuo
# It writes to /data only, downloads nothing when it runs, and needs no privilege. See docs/deploy.md.
ARG DENO=2.9.6
FROM denoland/deno:bin-${DENO} AS deno

FROM debian:13-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY --from=deno /deno /usr/local/bin/deno
ENV DENO_DIR=/var/cache/deno DENO_NO_UPDATE_CHECK=1 DENO_LOG=denokv_remote=off NO_COLOR=1
COPY . /app
# All packages, compiled modules too: at run time this folder is read-only.
RUN cd /app && deno install --frozen && deno run -P main.ts --help
RUN install --directory --owner=65532 --group=65532 --mode=0700 /data

USER 65532:65532
# A relay keeps its database and its secrets in ./data, and looks for ./fenghuo.yaml.
WORKDIR /
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s \
  CMD ["deno", "run", "--no-config", "--allow-net", "--allow-env=PORT", "/app/tasks/_alive.ts"]
# The container is the sandbox; the flags of `deno task start` name files of a checkout.
ENTRYPOINT ["deno", "run", "--config=/app/deno.json", "--cached-only", "--allow-read", "--allow-write=/data", \
  "--allow-net", "--allow-env", "--allow-sys=hostname,networkInterfaces", "--v8-flags=--min-semi-space-size=16", \
  "/app/main.ts"]

# The service and nothing else: no dev dependencies, no build step (Node runs the TypeScript as it is), no root.
FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:26-slim
# A heap that stays small: docs/decisions/0039. What was compiled is kept (below), so that a start need not do it again.
ENV NODE_OPTIONS=--max-semi-space-size=16 \
    NODE_COMPILE_CACHE=/app/compile-cache \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node /data compile-cache && ln -s /app/src/cli/main.ts /usr/local/bin/fal-jobs
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY src ./src
USER node
# Loads the service and ends; a start then neither strips types nor compiles, which spares 20 MB and half of its CPU time.
RUN node --eval "import('/app/src/server.ts')"
EXPOSE 3000
# Holds the archive when no bucket is configured.
VOLUME /data
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and handles SIGTERM itself: it stops taking work, finishes or hands back what runs, and exits.
CMD ["node", "src/server.ts"]

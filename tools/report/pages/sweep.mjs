export const sweepPage = () => '';
